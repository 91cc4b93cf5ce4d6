"""One answer or notification for each operation, in the looser forms of those that Alipay's own tools have recorded.

Numbers, booleans and nulls stand where the documentation says strings; there are fields, codes and wallets that no document
names. Ids and names are invented; the forms (``quotePrice: 0.064622``, pairs as ``392/156``, ``transactions: null``) are not.
"""

from __future__ import annotations

_QUOTE = (
    """{"guaranteed": false, "quoteId":null, "quoteCurrencyPair": "392/156", "quotePrice": 0.064622, "quoteUnit":100}"""
)

RECORDED: dict[str, str] = {
    "consult": """
        {"result": {"resultCode":"SUCCESS","resultStatus":"S","resultMessage":null}, "authUrl":null, "schemeUrl":"",
         "normalUrl" : "https://wallet.example.com/consent?a=1&b=%2F", "appIdentifier":1200,
         "authCodeForm":{"codeDetails":[{"displayType":"SMALLIMAGE","codeValue":7,"codeValueType":null,"expiry":60}]},
         "extendInfo":"{\\"traceId\\":\\"0a\\"}"}""",
    "applyToken": """
        {"accessToken":"281010033AB2F588D14B43238637264FCA5AAF35xxxx","accessTokenExpiryTime":"2019-06-06T12:12:12+0800",
         "refreshToken":null,"refreshTokenExpiryTime":4087036800000,"userLoginId":8613800000000,"isNew":true,
         "extendInfo":"{\\"userId\\":\\"2088\\"}","pspCustomerInfo":{"pspName":"AlipayCN","customer2088Id":2088102158000000},
         "result":{"resultCode":"SUCCESS","resultMessage":"success.","resultStatus":"S","resultCodeId":10000}}""",
    "revoke": """{"result":{"resultStatus":"U","resultCode":"A_CODE_OF_TOMORROW"},"extendInfo":null,"tracerId":1}""",
    "pay": f"""
        {{"result":{{"resultCode":"PAYMENT_IN_PROCESS","resultStatus":"U","resultMessage":"payment in process"}},
         "paymentRequestId":20210101123456,"paymentId":20240701114010800100188400279640002,
         "paymentAmount":{{"currency":"JPY","value":1000}},"paymentTime":null,"acquirerInfo":{{"terminal":5}},
         "pspCustomerInfo":{{"pspName":"GCASH","displayCustomerId":9171234567}},
         "grossSettlementAmount":{{"value":6462,"currency":"CNY"}},"settlementQuote":{_QUOTE}}}""",
    "inquiryPayment": f"""
        {{"result":{{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}, "paymentStatus":"FROZEN",
         "paymentResultCode":"BALANCE_NOT_ENOUGH","paymentResultMessage":null,"paymentId":"2019","actualPaymentAmount":null,
         "paymentAmount":{{"value":"100","currency":"USD"}},"transactions":null,"settlementQuote":{_QUOTE},
         "redirectActionForm":{{"method":"GET","redirectUrl":"https://wallet.example.com/"}},
         "paymentResultInfo":{{"funding":"BNPL_INSTALLMENT","creditPayPlan":{{"installmentNum":4,"feePercentage":0}},
           "cardNo":"****1","threeDSResult":{{"eci":2}}}},
         "promotionResult":[{{"promotionType":"COUPON","discount":{{"discountName":"x","savingsAmount":{{"value":1}}}}}}]}}""",
    "cancel": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"paymentId":2019060611401,
         "paymentRequestId":"pay_1","cancelTime":"2019-06-06T12:12:12+0800","cancelResult":{"refunded":true}}""",
    "refund": f"""
        {{"result":{{"resultCode":"REFUND_IN_PROCESS","resultStatus":"U","resultMessage":null}},"refundId":2019060611401,
         "refundRequestId":"refund_1","refundAmount":{{"currency":"JPY","value":500}},"refundTime":null,
         "grossSettlementAmount":{{"currency":"CNY","value":32}},"settlementQuote":{_QUOTE},"acquirerInfo":{{"mid":1}},
         "refundNonGuaranteeCouponAmount":{{"currency":"JPY","value":0}}}}""",
    "inquiryRefund": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"Success"},"refundStatus":"PENDING","arn":null,
         "refundAmount":{"currency":"JPY","value":500},"refundRequestId":1,"rrn":7,"customizedInfo":{"customizedField1":1},
         "acquirerInfo":{"acquirerName":"Alipay+","acquirerResultCode":0},"settlementQuote":{"guaranteed":"true"}}""",
    "declare": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"customsPaymentId":2024062022001400,
         "customsOrderId":"SO-1","identityCheckResult":"CHECK_WAITING","clearingChannel":null,"splitOrder":false}""",
    "inquiryDeclarationRequests": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"declarationRequestsNotFound":[12,"b"],
         "declarationRecords":[{"declarationRequestId":11,"splitOrder":false,"declarationRequestStatus":"IN_PROCESS",
           "customs":{"customsCode":"ZONGSHU","region":"CN","port":1},"declarationAmount":{"currency":"CNY","value":0},
           "merchantCustomsInfo":{"merchantCustomsCode":4401960},"customsDeclarationResultCode":-2,
           "customsDeclarationReturnTime":null}, {"splitOrder":"true","customsDeclarationResultCode":120}]}""",
    "initAuthentication": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"authenticationRequestId":981,
         "retriesLeft":3}""",
    "verifyAuthentication": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"isPassed":"false","hint":[null,1]}""",
    "registration": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"Success."},"passThroughInfo":20220301,
         "registrationRequestId":"REG-1"}""",
    "inquiryRegistrationStatus": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},
         "registrationResult":{"registrationStatus":"COMPLETED","rejectReasons":null,"rejectionReason":""},
         "pspRegistrationResultList":[{"pspName":"AlipayCN","registrationResult":null},
           {"pspName":"GCASH","registrationResult":{"registrationStatus":"SUSPENDED","rejectReasons":17}}]}""",
    "inquiryRegistrationInfo": """
        {"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"Success."},"productCodes":["AGREEMENT_PAYMENT",1],
         "merchantInfo":{"referenceMerchantId":417,"merchantMCC":5942,"logo":{"logoName":"H","logoUrl":null},"websites":[
             {"url":"https://h.example","type":"TRADING","isMain":true}],"merchantAddress":{"region":"HK","zipCode":999077},
           "registrationDetail":{"registrationNo":1234567,"registrationEffectiveDate":1522540800000,"attachments":null,
             "contactInfo":[{"contactType":"EMAIL","contactNo":"a@b"}],"registrationAddress":{"region":"HK"}}},
         "storeInfo":{"referenceStoreId":1,"storeMCC":5942,"feeTier":1,"storeContacts":[{"fullName":"N","contactNo":1}]}}""",
    "notifyAuthorization": """
        {"authorizationNotifyType":"TOKEN_CANCELED","accessToken":"28","reason":null,"authClientId":null,"userId":2088,
         "result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"cancelTime":1561000000000}""",
    "notifyPayment": f"""
        {{"notifyType":"PAYMENT_RESULT","result":{{"resultCode":"ORDER_IS_CLOSED","resultStatus":"F","resultMessage":"closed"}},
         "paymentRequestId":7,"paymentId":2019,"paymentAmount":{{"value":"8000","currency":"EUR"}},"paymentTime":null,
         "customsDeclarationAmount":{{"value":0,"currency":"CNY"}},"settlementQuote":{_QUOTE},"paymentMethodType":"GCASH",
         "promotionResult":null,"pspCustomerInfo":{{"pspCustomerId":2088,"extendInfo":null}}}}""",
    "notifyRefund": f"""
        {{"notifyType":"REFUND_RESULT","result":{{"resultCode":"A_CODE_OF_TOMORROW","resultStatus":"F","resultMessage":null}},
         "refundStatus":"FAIL","refundRequestId":1,"refundId":2,"refundAmount":{{"currency":"HKD","value":2550}},
         "refundTime":null,"settlementQuote":{_QUOTE},"arn":null,"metadata":"","reversed":false}}""",
    "notifyDispute": """
        {"defendable":true,"defenseDueTime":"2025-01-13T19:09:16-08:00","disputeAmount":{"currency":"KRW","value":14204},
         "disputeId":20250106,"disputeNotificationType":"DISPUTE_CREATED","disputeReasonCode":"10.4","disputeReasonMsg":null,
         "disputeSource":"CHANNEL","disputeTime":"2025-01-06T19:09:16-08:00","disputeType":"CHARGEBACK","paymentId":2025,
         "paymentRequestId":7,"acquirerInfo":{"acquirerName":"A","acquirerReasonCode":"10.4"},"eventId":null}""",
    "notifyRegistrationStatus": """
        {"registrationRequestId":17,"referenceMerchantId":"SECM-000417","referenceStoreId":null,"batch":1,
         "registrationResult":{"registrationStatus":"PENDING"},"pspRegistrationResultList":null}""",
}
